export const database = {
  type: 'postgres',
  host: process.env.DB_HOST,
  port: Number(process.env.DB_PORT),
  autoLoadEntities: true,
  synchronize: true,
};

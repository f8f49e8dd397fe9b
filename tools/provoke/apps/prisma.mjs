// Express with Prisma and its adapter for pg.
import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaClient } from '@prisma/client';
import express from 'express';
import { attachSockets, hang, leak, port, upload } from './faults.mjs';

const connectionString = process.env.DATABASE_URL;
if (!connectionString) {
  throw new Error('Environment variable not found: DATABASE_URL.');
}
const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString }) });
const app = express();
app.get('/', (_request, response) => response.send('ok'));
app.get('/orders', async (_request, response) => {
  response.json(await prisma.$queryRaw`SELECT 1 AS id`);
});
app.get('/missing', async (_request, response) => {
  response.json(await prisma.order.findMany());
});
app.get('/crash', async (_request, response) => {
  response.send('ok');
  const [order] = await prisma.$queryRaw`SELECT 1 AS id WHERE false`;
  console.log(`order ${order.id} sent`);
});
app.get('/reject', (_request, response) => {
  response.send('ok');
  void prisma.$queryRaw`SELECT 1 AS id WHERE false`.then(([order]) => order.id);
});
for (const [name, deed] of Object.entries({ hang, leak, upload })) {
  app.get(`/${name}`, (_request, response) => { deed(); response.send('ok'); });
}
const server = app.listen(port, '127.0.0.1', (error) => {
  if (error) throw error;
  console.log(`🚀 Server ready at: http://127.0.0.1:${port}`);
});
attachSockets(server);

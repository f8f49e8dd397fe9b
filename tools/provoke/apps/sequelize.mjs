// Express with Sequelize, which authenticates before it listens.
import express from 'express';
import { Sequelize } from 'sequelize';
import { attachSockets, crash, hang, leak, port, upload } from './faults.mjs';

const sequelize = new Sequelize(process.env.DATABASE_URL, { dialect: 'postgres' });
try {
  await sequelize.authenticate();
  console.log('Connection has been established successfully.');
} catch (error) {
  console.error('Unable to connect to the database:', error);
  process.exit(1);
}
const app = express();
const deeds = { crash, hang, leak, upload };
app.get('/', (_request, response) => response.send('ok'));
app.get('/orders', async (_request, response) => {
  response.json(await sequelize.query('SELECT 1 AS id'));
});
for (const [name, deed] of Object.entries(deeds)) {
  app.get(`/${name}`, (_request, response) => { deed(); response.send('ok'); });
}
app.get('/total', async (_request, response) => {
  await sequelize.query('SELECT 1');
  response.json({ total: grandTotal });
});
const server = app.listen(port, '127.0.0.1', (error) => {
  if (error) throw error;
  console.log(`Server is running on port ${port}`);
});
attachSockets(server);

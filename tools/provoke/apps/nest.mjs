// Nest with TypeORM; decorators are applied by hand, so that nothing has to be compiled.
import 'reflect-metadata';
import { Controller, Get, Inject, Logger, Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import Joi from 'joi';
import { DataSource } from 'typeorm';
import { attachSockets, hang, leak, port, upload } from './faults.mjs';

class OrdersController {
  constructor(source) { this.source = source; }
  root() { return 'ok'; }
  async orders() { return this.source.query('SELECT 1 AS id'); }
  async crash() {
    const order = undefined;
    setTimeout(() => new Logger('Report').log(`order ${order.id} sent`), 20);
    return 'ok';
  }
  empty() { const order = null; return order.seats; }
  hang() { hang(); }
  leak() { leak(); return 'ok'; }
  upload() { upload(); return 'ok'; }
}
Inject(DataSource)(OrdersController, undefined, 0);
for (const name of ['orders', 'crash', 'empty', 'hang', 'leak', 'upload', 'root']) {
  const method = Object.getOwnPropertyDescriptor(OrdersController.prototype, name);
  Get(name === 'root' ? '' : name)(OrdersController.prototype, name, method);
}
Controller()(OrdersController);

class AppModule {}
Module({
  imports: [
    ConfigModule.forRoot({
      ignoreEnvFile: true,
      validationSchema: Joi.object({
        DATABASE_URL: Joi.string().uri().required(),
        JWT_SECRET: Joi.string().required(),
      }),
    }),
    TypeOrmModule.forRootAsync({
      useFactory: () => ({
        type: 'postgres', url: process.env.DATABASE_URL, retryAttempts: 3, retryDelay: 400,
      }),
    }),
  ],
  controllers: [OrdersController],
})(AppModule);

const app = await NestFactory.create(AppModule);
app.enableShutdownHooks();
attachSockets(app.getHttpServer());
await app.listen(port, '127.0.0.1');

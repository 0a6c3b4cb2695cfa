#!/usr/bin/env node
import { main } from '../dist/rocketmq.js';

await main(process.argv.slice(2));

#!/usr/bin/env node
import { main } from '../bundle/rocketmq.js';

await main(process.argv.slice(2));

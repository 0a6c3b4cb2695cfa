#!/usr/bin/env node
import { main } from '../bundle/rocketmq.js';

await main(['admin', ...process.argv.slice(2)]);

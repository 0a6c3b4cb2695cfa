#!/usr/bin/env node
import { main } from '../dist/rocketmq.js';

await main(['admin', ...process.argv.slice(2)]);

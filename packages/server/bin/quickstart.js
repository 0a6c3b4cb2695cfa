#!/usr/bin/env node
import { runQuickstart } from '../bundle/quickstart.js';

process.exitCode = await runQuickstart();

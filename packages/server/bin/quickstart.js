#!/usr/bin/env node
import { runQuickstart } from '../dist/quickstart/quickstart.js';

process.exitCode = await runQuickstart();

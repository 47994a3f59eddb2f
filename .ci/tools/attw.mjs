#!/usr/bin/env node
import { runTool } from './run-tool.mjs';

runTool('package', '@arethetypeswrong/cli', 'attw');

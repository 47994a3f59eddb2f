#!/usr/bin/env node
import { runTool } from './run-tool.mjs';

runTool('lint', '@biomejs/biome', 'biome');

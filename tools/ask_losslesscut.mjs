// Ask LosslessCut's own schema about a project, as its edlStore.ts does. Run where zod, json5 and esbuild are installed.
//
//     node ask_losslesscut.mjs types.ts PROJECT.llc
//
// Prints one JSON value: errors, and the segments that the schema lets through.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const require = createRequire(join(process.cwd(), 'x.js'));
const { buildSync } = require('esbuild');
const [types, project] = process.argv.slice(2);

const made = join(process.cwd(), 'types.cjs');
buildSync({ entryPoints: [types], outfile: made, format: 'cjs', platform: 'node', nodePaths: [join(process.cwd(), 'node_modules')], bundle: true });
const found = require(made).llcProjectV2Schema.safeParse(require('json5').parse(readFileSync(project, 'utf8')));
console.log(JSON.stringify(found.success ? { errors: [], segments: found.data.cutSegments } : { errors: found.error.issues, segments: [] }));

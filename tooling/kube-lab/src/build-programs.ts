// `node build-programs.js` builds what the lab would build at its start, so that CI can do it while other steps run.
import { checkPrerequisites } from './prerequisites.js';
import { prepareKubePrograms } from './programs/kube-programs.js';

const began = performance.now();
await checkPrerequisites();
await prepareKubePrograms();
console.log(`programs of the cluster: ${Math.round((performance.now() - began) / 1000)} s`);

import { defineLab } from './define-lab.js';

// Most of a test is waiting for pods, so several files run at a time.
export default defineLab('kube-lab', { include: ['lab/**/*.lab.ts'], maxWorkers: 3 });

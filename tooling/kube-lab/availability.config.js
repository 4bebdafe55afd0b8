import { defineLab } from './define-lab.js';

export default defineLab('kube-availability', {
  include: ['lab/**/*.availability.ts'],
  maxWorkers: 1,
});

import { type DoctorOptions, type DoctorReport, FIRST_STEP } from './doctor-report.js';

/** Acts as each kind of boot client, step by step, and explains what keeps it from booting. */
export async function runDoctor(options: DoctorOptions): Promise<DoctorReport> {
  // Before the code of all steps is loaded, which takes longer than the first step.
  options.onEvent({ type: 'step', title: FIRST_STEP });
  const { Examination } = await import('./examination.js');
  return new Examination(options).run();
}

import * as z from 'zod';

/** Answer of `/readyz`. */
export const readinessAnswer = z.object({
  status: z.string(),
  checks: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string().optional() })),
});

export type Readiness = z.output<typeof readinessAnswer>;

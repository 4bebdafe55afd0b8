import * as v from 'valibot';

/** Schema of a time as `Date.prototype.toISOString` writes it, which is how records hold times. */
export const isoTime: v.GenericSchema<unknown, string> = v.pipe(v.string(), v.check(isIsoTime));

function isIsoTime(text: string): boolean {
  const time = new Date(text);
  return !Number.isNaN(time.getTime()) && time.toISOString() === text;
}

/** Creates the schema of a JSON object whose keys are data. Valibot's own accepts arrays as well. */
export function jsonRecord<
  const Key extends v.BaseSchema<string, string | number | symbol, v.BaseIssue<unknown>>,
  const Value extends v.GenericSchema,
>(
  key: Key,
  value: Value,
): v.GenericSchema<unknown, v.InferOutput<v.RecordSchema<Key, Value, undefined>>> {
  return v.pipe(
    v.unknown(),
    v.check((input) => !Array.isArray(input)),
    v.record(key, value),
  );
}

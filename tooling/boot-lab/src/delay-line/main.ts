import { openDelayLine } from './delay-line.js';

// A process of its own: the lab reads screens and captures meanwhile, which takes longer than a
// frame may wait. Arguments: the two socket paths and the round trip in milliseconds.
const [left, right, roundTrip] = process.argv.slice(2);
if (left === undefined || right === undefined || roundTrip === undefined) {
  throw new TypeError('usage: delay-line SOCKET SOCKET ROUND-TRIP-MS');
}
const line = await openDelayLine([left, right], Number(roundTrip));
console.log('ready');
process.on('SIGTERM', () => {
  void line.close();
});

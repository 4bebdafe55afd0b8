import { join } from 'node:path';

import { NetbootError } from '../errors.js';
import { withIoErrors } from '../files/io-error.js';
import { expectKind, makeDirectory } from '../store/store-directory.js';
import { type ImageSource, type SourceRequest, type SourceSession } from './image-source.js';

/**
 * Uses a second source when no connection to the first can be made. A first source that answers
 * anything at all, a refusal or something that fails a check, is never replaced: whoever can spoil
 * one source must not be able to choose the other.
 */
export function fallbackSource(first: ImageSource, second: ImageSource): ImageSource {
  return {
    name: `${first.name}, else ${second.name}`,
    kind: `${first.kind}-${second.kind}`,
    async open(request) {
      try {
        return await openIn(first, request);
      } catch (error) {
        if (!(error instanceof NetbootError && error.code === 'ERR_NETBOOT_UNREACHABLE')) {
          throw error;
        }
        return openSecond(first, second, request, error);
      }
    },
  };
}

async function openSecond(
  first: ImageSource,
  second: ImageSource,
  request: SourceRequest,
  error: NetbootError,
): Promise<SourceSession> {
  try {
    const session = await openIn(second, request);
    request.onEvent({ type: 'sourceFellBack', from: first.name, to: second.name, error });
    return session;
  } catch (secondError) {
    request.signal.throwIfAborted();
    // Where there is no apt, the mirror is what has to be put right.
    const hasNone =
      secondError instanceof NetbootError && secondError.code === 'ERR_NETBOOT_APT_MISSING';
    throw hasNone ? error : secondError;
  }
}

/** Each of the two has a directory of its own. */
async function openIn(source: ImageSource, request: SourceRequest): Promise<SourceSession> {
  const workDirectory = join(request.workDirectory, source.kind);
  await withIoErrors(workDirectory, async () => {
    await expectKind(workDirectory, 'directory');
    await makeDirectory(workDirectory);
  });
  return source.open({ ...request, workDirectory });
}

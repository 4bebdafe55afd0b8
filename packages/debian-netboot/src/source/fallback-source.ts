import { join } from 'node:path';

import { isOwnFailure, NetbootError } from '../errors.js';
import { withIoErrors } from '../files/io-error.js';
import { expectKind, makeDirectory } from '../store/store-directory.js';
import { type ImageSource, type SourceRequest, type SourceSession } from './image-source.js';

/**
 * Returns a source that falls back to a second one if the first is unreachable. A first source that answers
 * at all, even with an error or invalid content, is never replaced: someone who can disturb one source must
 * not be able to select the other.
 */
export function fallbackSource(first: ImageSource, second: ImageSource): ImageSource {
  return {
    name: `${first.name}, otherwise ${second.name}`,
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
    if (!(secondError instanceof NetbootError) || isOwnFailure(secondError)) {
      throw secondError;
    }
    // Without apt, only the mirror's failure is of interest.
    throw secondError.code === 'ERR_NETBOOT_APT_MISSING'
      ? error
      : bothFailed(error, second.name, secondError);
  }
}

function bothFailed(
  error: NetbootError,
  secondName: string,
  { code, message, hint }: NetbootError,
): NetbootError {
  return new NetbootError(code, `${error.message}; then ${secondName}: ${message}`, {
    hint: [error.hint, hint].filter((advice) => advice !== undefined).join('; or '),
    cause: error,
  });
}

/** Opens a source with its own work directory. */
async function openIn(source: ImageSource, request: SourceRequest): Promise<SourceSession> {
  const workDirectory = join(request.workDirectory, source.kind);
  await withIoErrors(workDirectory, async () => {
    await expectKind(workDirectory, 'directory');
    await makeDirectory(workDirectory);
  });
  return source.open({ ...request, workDirectory });
}

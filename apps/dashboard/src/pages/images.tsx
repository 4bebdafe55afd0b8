import { type JSX } from 'preact';
import { useState } from 'preact/hooks';

import { type Image, type Images } from '../api/types.js';
import { sizeText } from '../format.js';
import { change, offersChanges } from '../live/session.js';
import { images, readImages } from '../live/store.js';
import { Dialog, DialogButtons } from '../parts/dialog.js';
import { FetchProgress } from '../parts/fetch-progress.js';
import { Problem } from '../parts/problem.js';
import { Ago, Clock } from '../parts/time.js';
import { useAction } from '../parts/use-action.js';

type Generation = Images['generations'][number];

const PROOFS: Readonly<Record<Image['proof'], string>> = {
  list: 'signed by Debian through SHA256SUMS',
  package: 'signed by Debian through the netboot package',
  signed: 'signed by Debian',
  tls: 'not signed: from a server with a valid certificate',
  none: 'not signed',
};

const REFRESH_OUTCOMES = {
  complete: 'complete',
  partial: 'some images could not be refreshed',
  failed: 'failed',
} as const;

/** Page with the images, their proof and freshness, and the generations for a rollback. */
export function ImagesPage(): JSX.Element {
  const list = images.value;
  return (
    <>
      <h1>Images</h1>
      {list === undefined ? (
        <p class="note">Reading …</p>
      ) : (
        <>
          <Refresh refresh={list.refresh} />
          <section aria-labelledby="served-title">
            <h2 id="served-title">Served</h2>
            {list.images.length === 0 ? (
              <p class="note">No images yet.</p>
            ) : (
              <ul class="images">
                {list.images.map((image) => (
                  <ImageItem key={`${image.suite} ${image.arch} ${image.variant}`} image={image} />
                ))}
              </ul>
            )}
          </section>
          <Generations generations={list.generations} />
        </>
      )}
    </>
  );
}

function Refresh({ refresh }: { readonly refresh: Images['refresh'] }): JSX.Element {
  const { source, running, checkedAt, outcome, nextCheckAt } = refresh;
  const start = useAction(async () => {
    await change('POST', '/api/v1/refresh');
    readImages();
  });
  return (
    <section aria-labelledby="refresh-title">
      <h2 id="refresh-title">Refresh</h2>
      <p>
        {source === undefined
          ? 'This daemon does not refresh its images; another process does.'
          : `From ${source}.`}
        {checkedAt !== undefined && (
          <>
            {' '}
            Last refresh <Ago at={checkedAt} />
            {outcome === undefined ? '' : `: ${REFRESH_OUTCOMES[outcome]}`}.
          </>
        )}
        {nextCheckAt !== undefined && (
          <>
            {' '}
            Next one <Ago at={nextCheckAt} />.
          </>
        )}
      </p>
      <FetchProgress />
      {offersChanges.value && source !== undefined && (
        <div class="buttons">
          <button type="button" disabled={running || start.isBusy} onClick={start.run}>
            {running ? 'Refreshing …' : 'Refresh now'}
          </button>
        </div>
      )}
      <Problem text={start.problem} />
    </section>
  );
}

function ImageItem({ image }: { readonly image: Image }): JSX.Element {
  const { title, arch, variant, version, build, kernelVersion, size, proof, firmware, modules } =
    image;
  const remarks = [
    ...(image.damaged ? ['A file is damaged, and is not served until it is fetched again.'] : []),
    ...(image.carriedOver
      ? ['The last refresh could not get it, so the previous one is served.']
      : []),
    ...(modules === 'stale'
      ? ['The archive no longer has the modules of this kernel: the installer will stop.']
      : []),
    ...image.notes,
  ];
  return (
    <li>
      <strong>
        {title} {arch} {variant}
      </strong>
      <div>
        {version}, build {build}, kernel {kernelVersion}, {sizeText(size)}
      </div>
      <div class="note">
        {PROOFS[proof]}; checked <Ago at={image.confirmedAt} />
        {firmware === undefined
          ? ''
          : `; with firmware: ${firmware.packages.join(', ')} (${sizeText(firmware.size)})`}
      </div>
      {remarks.map((text) => (
        <div key={text} class="problem">
          {text}
        </div>
      ))}
    </li>
  );
}

function Generations({
  generations,
}: {
  readonly generations: readonly Generation[];
}): JSX.Element {
  const [chosen, setChosen] = useState<Generation | undefined>(undefined);
  return (
    <section aria-labelledby="generations-title">
      <h2 id="generations-title">Generations</h2>
      <ul class="images">
        {generations.map((generation) => (
          <li key={generation.id}>
            <Clock at={generation.createdAt} />{' '}
            {generation.current ? <strong>served</strong> : undefined}
            <div class="note">
              {generation.images
                .map(({ suite, arch, variant }) => `${suite} ${arch} ${variant}`)
                .join(', ')}
            </div>
            <div class="note path">{generation.id}</div>
            {!generation.current && offersChanges.value && (
              <button
                type="button"
                onClick={() => {
                  setChosen(generation);
                }}
              >
                Serve again …
              </button>
            )}
          </li>
        ))}
      </ul>
      {chosen !== undefined && (
        <RollbackDialog
          generation={chosen}
          onClose={() => {
            setChosen(undefined);
          }}
        />
      )}
    </section>
  );
}

function RollbackDialog({
  generation,
  onClose,
}: {
  readonly generation: Generation;
  readonly onClose: () => void;
}): JSX.Element {
  const { id, createdAt } = generation;
  const rollback = useAction(async () => {
    if ((await change('POST', '/api/v1/rollback', {}, { generation: id })) !== undefined) {
      readImages();
      onClose();
    }
  });
  return (
    <Dialog title="Serve an earlier generation" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          rollback.run();
        }}
      >
        <p>
          The next machine that boots gets the images of <Clock at={createdAt} />. A refresh does
          not return to the newer images until the mirror has different ones.
        </p>
        <Problem text={rollback.problem} />
        <DialogButtons action="Serve these images" isBusy={rollback.isBusy} onClose={onClose} />
      </form>
    </Dialog>
  );
}

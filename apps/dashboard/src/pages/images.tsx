import { type JSX } from 'preact';
import { useState } from 'preact/hooks';

import { type Generation, type Image, type Images } from '../api/types.js';
import { exactText, sizeText } from '../format.js';
import { differenceText, generationChanges } from '../generation-changes.js';
import { change, offersChanges } from '../live/session.js';
import { images, readImages } from '../live/store.js';
import { Dialog, DialogButtons } from '../parts/dialog.js';
import { FetchProgress } from '../parts/fetch-progress.js';
import { Freshness } from '../parts/freshness.js';
import { Problem } from '../parts/problem.js';
import { Ago, Clock } from '../parts/time.js';
import { useAction } from '../parts/use-action.js';

const PROOFS: Readonly<Record<Image['proof'], string>> = {
  list: 'signed by Debian through SHA256SUMS',
  package: 'signed by Debian through the netboot package',
  signed: 'signed by Debian',
  tls: 'not signed; downloaded from a server with a valid certificate',
  none: 'not signed',
};

/** Chain of evidence from the signature to the files, by kind of proof. */
const EVIDENCE: Readonly<Record<Image['proof'], readonly string[]>> = {
  list: [
    'InRelease has a valid signature by a trusted archive key.',
    "InRelease names the SHA-256 of the installer's SHA256SUMS.",
    'SHA256SUMS names the SHA-256 of each file.',
  ],
  package: [
    'InRelease has a valid signature by a trusted archive key.',
    'InRelease names the SHA-256 of Packages, and Packages names that of the netboot package.',
    'The files are those in the package.',
  ],
  signed: [
    'InRelease has a valid signature by a trusted archive key.',
    'The store does not record how InRelease covers the files.',
  ],
  tls: [
    'The server had a valid certificate when the files were fetched.',
    'Nobody has signed them: daily builds have no signature.',
  ],
  none: ['Nothing vouches for the files: with source.trust: none, unsigned images are served.'],
};

/** Explanations of the state of the kernel's modules in the archive. */
const MODULES: Readonly<Record<Image['modules'], string>> = {
  ok: 'The archive has the modules of this kernel: the installer will find them.',
  last: 'The archive has the modules of this kernel, and those of a newer one. Its next update may remove those of this kernel; refresh the images as soon as there is a newer installer.',
  stale:
    'The archive no longer has the modules of this kernel, so the installer stops with "No kernel modules were found". A refresh replaces the image once Debian has published a newer installer.',
  unknown: 'This kernel has not been compared with the modules in the archive.',
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
        <p class="note">Loading …</p>
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
            Next refresh <Ago at={nextCheckAt} />.
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
        {PROOFS[proof]}; <Freshness confirmedAt={image.confirmedAt} />
        {firmware === undefined
          ? ''
          : `; with firmware: ${firmware.packages.join(', ')} (${sizeText(firmware.size)})`}
      </div>
      <Evidence image={image} />
      {remarks.map((text) => (
        <div key={text} class="problem">
          {text}
        </div>
      ))}
    </li>
  );
}

/** Evidence for an image, and whether its installer will find its modules. */
function Evidence({ image }: { readonly image: Image }): JSX.Element {
  const { title, arch, variant, proof, releaseDate, files, modules, olderThanSeen } = image;
  return (
    <details>
      <summary>
        Evidence
        <span class="hidden">
          {' '}
          for {title} {arch} {variant}
        </span>
      </summary>
      <ol class="lines">
        {EVIDENCE[proof].map((text) => (
          <li key={text}>{text}</li>
        ))}
      </ol>
      {releaseDate !== undefined && (
        <p class="note">
          InRelease of {exactText(Date.parse(releaseDate))}
          {olderThanSeen
            ? '; the mirror had a newer one before, from which no image could be fetched'
            : ''}
          .
        </p>
      )}
      <dl class="files">
        {files.map(({ name, sha256, size }) => (
          <div key={name}>
            <dt>
              {name}, {sizeText(size)}
            </dt>
            <dd>
              <code>{sha256}</code>
            </dd>
          </div>
        ))}
      </dl>
      <p>{MODULES[modules]}</p>
    </details>
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
        {generations.map((generation, index) => (
          <li key={generation.id}>
            <Clock at={generation.createdAt} />{' '}
            {generation.current ? <strong>served</strong> : undefined}
            <div class="note">
              {generation.images
                .map(({ suite, arch, variant }) => `${suite} ${arch} ${variant}`)
                .join(', ')}
              ; {sizeText(generation.bytes)}
            </div>
            <div class="note path">{generation.id}</div>
            <Changes before={generations[index + 1]} after={generation} />
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

/** Changes from one generation to the next. */
function Changes({
  before,
  after,
}: {
  readonly before: Generation | undefined;
  readonly after: Generation;
}): JSX.Element {
  if (before === undefined) {
    return <p class="note">The oldest generation that is kept.</p>;
  }
  const changes = generationChanges(before, after);
  return (
    <details>
      <summary>
        Changes since <Clock at={before.createdAt} />
      </summary>
      {changes.length === 0 && (
        <p class="note">The files are the same; only their proof or freshness was renewed.</p>
      )}
      <dl class="changes">
        {changes.map(({ subject, lines }) => (
          <div key={subject}>
            <dt>{subject}</dt>
            {lines.map((line) => (
              <dd key={line}>{line}</dd>
            ))}
          </div>
        ))}
      </dl>
      <p class="note">Total size: {differenceText(before.bytes, after.bytes)}.</p>
    </details>
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

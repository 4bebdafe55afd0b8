import { type JSX } from 'preact';

import { sizeText } from '../format.js';
import { server } from '../live/session.js';
import { images } from '../live/store.js';

/** Progress of the running fetch of images, if there is one. */
export function FetchProgress(): JSX.Element | null {
  const fetch = server.value?.fetch;
  const hasImages = (images.value?.images.length ?? 0) > 0;
  if (fetch?.state === 'elsewhere') {
    return <p class="note">Another process is fetching images.</p>;
  }
  if (fetch?.state !== 'fetching') {
    return null;
  }
  const { percent = 0, activity, rows = [] } = fetch;
  return (
    <div class="progress">
      <label>
        {hasImages ? 'Refreshing the images' : 'Fetching: machines can boot when this is complete'}:{' '}
        {percent} %
        <progress max={100} value={percent} />
      </label>
      {rows.length === 0 && activity !== undefined && <p class="note">{activity}</p>}
      {rows.map(({ title, received, total, speed }) => (
        <p key={title} class="note">
          {title}: {sizeText(received)} of {sizeText(total)}, {sizeText(speed)}/s
        </p>
      ))}
    </div>
  );
}

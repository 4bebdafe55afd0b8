import { type ComponentType, type JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import { Problem } from './problem.js';

/**
 * Returns a component whose code is loaded when it is first shown, so that the first load of the page stays
 * small.
 */
export function lazyPage<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
): (props: Props) => JSX.Element {
  let loaded: ComponentType<Props> | undefined;
  return function LazyPage(props: Props) {
    const [Page, setPage] = useState<ComponentType<Props> | undefined>(() => loaded);
    const [hasFailed, setFailed] = useState(false);
    useEffect(() => {
      load().then(
        (component) => {
          loaded = component;
          setPage(() => component);
        },
        () => {
          setFailed(true);
        },
      );
    }, []);
    if (Page !== undefined) {
      return <Page {...props} />;
    }
    return hasFailed ? (
      // After an upgrade of the daemon, the files of the open page no longer exist: their names differ between
      // versions.
      <Problem text="This part of the page could not be loaded. Reload the page." />
    ) : (
      <p class="note">Loading …</p>
    );
  };
}

import { type JSX } from 'preact';

/** Reason why an action failed, which readers of the screen announce. */
export function Problem({ text }: { readonly text: string | undefined }): JSX.Element | null {
  return text === undefined ? null : (
    <p class="problem" role="alert">
      {text}
    </p>
  );
}

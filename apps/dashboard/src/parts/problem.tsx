import { type JSX } from 'preact';

/** Reason why an action failed, which screen readers announce. */
export function Problem({ text }: { readonly text: string | undefined }): JSX.Element | null {
  return text === undefined ? null : (
    <p class="problem" role="alert">
      {text}
    </p>
  );
}

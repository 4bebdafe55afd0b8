import { type JSX } from 'preact';
import { useState } from 'preact/hooks';

/** Text to copy, with a button that copies it where the browser permits that. */
export function CopyText({
  label,
  text,
}: {
  readonly label: string;
  readonly text: string;
}): JSX.Element {
  const [isCopied, setCopied] = useState(false);
  // Browsers offer the clipboard only to pages over HTTPS and on localhost.
  const canCopy = isSecureContext;
  return (
    <div class="copy-text">
      <pre tabIndex={0} role="region" aria-label={label}>
        {text}
      </pre>
      {canCopy && (
        <button
          type="button"
          onClick={() => {
            void navigator.clipboard.writeText(text).then(() => {
              setCopied(true);
            });
          }}
        >
          {isCopied ? 'Copied' : 'Copy'}
        </button>
      )}
    </div>
  );
}

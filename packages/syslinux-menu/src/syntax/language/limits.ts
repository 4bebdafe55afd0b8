/**
 * Maximum length of a line in bytes. The menu program and ldlinux use fgets with 4096 bytes, NUL
 * included, and read the rest as a separate line (MAX_LINE in com32/menu/readconfig.c).
 */
export const MAX_LINE_BYTES = 4095;

/**
 * Maximum length in bytes of a command line that syslinux assembles (MAX_CMDLINE_LEN 2048 with
 * NUL), which is also the limit of an x86 kernel (cmdline_size in Debian's kernels).
 */
export const MAX_COMMAND_LINE_BYTES = 2047;

/** Maximum length of a file name or URL in bytes (FILENAME_MAX 256 with NUL). */
export const MAX_FILE_NAME_BYTES = 255;

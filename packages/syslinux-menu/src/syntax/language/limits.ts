/**
 * Most bytes of one line. Both readers take lines with fgets into 4096 bytes, NUL included; what
 * goes beyond is read as a line of its own (MAX_LINE in com32/menu/readconfig.c).
 */
export const MAX_LINE_BYTES = 4095;

/**
 * Most bytes of a command line as syslinux puts it together (MAX_CMDLINE_LEN 2048 with NUL), and of
 * what an x86 kernel takes (cmdline_size in Debian's kernels).
 */
export const MAX_COMMAND_LINE_BYTES = 2047;

/** Most bytes of a file name or URL (FILENAME_MAX 256 with NUL). */
export const MAX_FILE_NAME_BYTES = 255;

/*
 * Preloaded into a program, it limits the send buffers of its sockets to SEND_BUFFER_LIMIT bytes, as the kernel
 * does with net.core.wmem_max, which applies to all network namespaces together.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

int setsockopt(int fd, int level, int name, const void *value, socklen_t size) {
  const char *text = getenv("SEND_BUFFER_LIMIT");
  int limit = text == NULL ? 0 : atoi(text);
  if (limit > 0 && level == SOL_SOCKET && name == SO_SNDBUF && size == sizeof(int) &&
      *(const int *)value > limit) {
    value = &limit;
  }
  return syscall(SYS_setsockopt, fd, level, name, value, size);
}

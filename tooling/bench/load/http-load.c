/*
 * Load generator: N HTTP connections in one process, each of which requests the same file again and again and
 * compares every byte with a local copy. Prints one line of JSON.
 *
 *   http-load PORT PATH COPY CONNECTIONS SECONDS
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct stream {
  int fd;
  int has_head;
  size_t received;
};

static const uint8_t *copy;
static size_t copy_size;
static char request[1024];
static size_t request_size;
static uint64_t bytes;
static unsigned completed, failed, wrong;

static double now_seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static void ask(struct stream *s) {
  s->has_head = 0;
  s->received = 0;
  if (send(s->fd, request, request_size, MSG_NOSIGNAL) != (ssize_t)request_size)
    failed++;
}

static void fail(struct stream *s, unsigned *counter) {
  (*counter)++;
  close(s->fd);
  s->fd = -1;
}

/* The head is expected within the first read. */
static void take(struct stream *s, const uint8_t *p, size_t n) {
  if (!s->has_head) {
    const uint8_t *end = memmem(p, n, "\r\n\r\n", 4);
    if (end == NULL || n < 12 || memcmp(p + 9, "200", 3) != 0) {
      fail(s, &failed);
      return;
    }
    s->has_head = 1;
    n -= end + 4 - p;
    p = end + 4;
  }
  if (s->received + n > copy_size || memcmp(copy + s->received, p, n) != 0) {
    fail(s, &wrong);
    return;
  }
  s->received += n;
  bytes += n;
  if (s->received == copy_size) {
    completed++;
    ask(s);
  }
}

int main(int argc, char **argv) {
  if (argc != 6) {
    fprintf(stderr, "usage: http-load PORT PATH COPY CONNECTIONS SECONDS\n");
    return 2;
  }
  struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1]))};
  server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int file = open(argv[3], O_RDONLY);
  struct stat st;
  if (file < 0 || fstat(file, &st) != 0) {
    perror(argv[3]);
    return 2;
  }
  copy_size = st.st_size;
  copy = mmap(NULL, copy_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0);
  request_size = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: bench\r\n\r\n", argv[2]);
  unsigned count = atoi(argv[4]);
  double limit = atof(argv[5]);
  struct stream *streams = calloc(count, sizeof *streams);
  int poll = epoll_create1(0);
  for (unsigned i = 0; i < count; i++) {
    struct stream *s = &streams[i];
    s->fd = socket(AF_INET, SOCK_STREAM, 0);
    /* Each connection comes from another address, since the server limits the connections of one address. */
    struct sockaddr_in from = {.sin_family = AF_INET};
    from.sin_addr.s_addr = htonl(0x7f020001 + i);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = s};
    if (s->fd < 0 || bind(s->fd, (struct sockaddr *)&from, sizeof from) != 0 ||
        connect(s->fd, (struct sockaddr *)&server, sizeof server) != 0 ||
        fcntl(s->fd, F_SETFL, O_NONBLOCK) != 0 || epoll_ctl(poll, EPOLL_CTL_ADD, s->fd, &event) != 0) {
      perror("connect");
      return 2;
    }
  }
  double start = now_seconds(), now = start;
  for (unsigned i = 0; i < count; i++)
    ask(&streams[i]);
  static uint8_t buffer[262144];
  struct epoll_event events[256];
  while (failed + wrong < count && now - start < limit) {
    int ready = epoll_wait(poll, events, 256, 100);
    for (int i = 0; i < ready; i++) {
      struct stream *s = events[i].data.ptr;
      ssize_t n = recv(s->fd, buffer, sizeof buffer, 0);
      if (n > 0)
        take(s, buffer, n);
      else if (n == 0)
        fail(s, &failed);
    }
    now = now_seconds();
  }
  printf("{\"seconds\":%.3f,\"bytes\":%llu,\"completed\":%u,\"failed\":%u,\"unfinished\":%u,\"retries\":0,"
         "\"wrong\":%u}\n",
         now - start, (unsigned long long)bytes, completed, failed, count - failed - wrong, wrong);
  return 0;
}

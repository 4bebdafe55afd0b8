/*
 * Load generator: N TFTP clients in one process, each of which reads the same file once and compares
 * every byte with a local copy. Prints one line of JSON.
 *
 *   load PORT NAME COPY CLIENTS BLKSIZE WINDOWSIZE SECONDS
 *
 * A client asks for blksize and, above 1, windowsize, and uses the windowsize of the OACK: a server that is
 * short of sockets may grant less. It acknowledges the end of each window, the first block out of order once
 * per gap, and repeats itself after RETRY_MS of silence. It fails on an ERROR, a wrong byte, or FAIL_MS
 * without progress; what has not ended after SECONDS is unfinished, and ends with an ERROR, so that the
 * server does not repeat blocks to it during the next run.
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

#define RETRY_MS 1000.0
#define FAIL_MS 30000.0

enum state { REQUESTING, RECEIVING, ENDED };

struct client {
  int fd;
  enum state state;
  uint64_t received; /* blocks in order */
  uint64_t limit;    /* block that ends the window */
  unsigned windowsize; /* as the OACK grants it */
  int gap_answered;
  double heard_at, progress_at;
};

static struct sockaddr_in server;
static const uint8_t *copy;
static uint64_t copy_size;
static const char *name;
static unsigned blksize, windowsize;
static unsigned completed, failed, wrong;
static uint64_t bytes, retries;

static double now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static void request(struct client *c) {
  char p[600];
  int n = 2;
  p[0] = 0;
  p[1] = 1;
  n += sprintf(p + n, "%s", name) + 1;
  n += sprintf(p + n, "octet") + 1;
  n += sprintf(p + n, "blksize") + 1;
  n += sprintf(p + n, "%u", blksize) + 1;
  if (windowsize > 1) {
    n += sprintf(p + n, "windowsize") + 1;
    n += sprintf(p + n, "%u", windowsize) + 1;
  }
  sendto(c->fd, p, n, 0, (struct sockaddr *)&server, sizeof server);
}

static void acknowledge(struct client *c) {
  uint8_t p[4] = {0, 4, c->received >> 8 & 0xff, c->received & 0xff};
  send(c->fd, p, 4, 0);
  c->limit = c->received + c->windowsize;
}

/* Returns the windowsize of an OACK; 1 if it grants none. */
static unsigned granted(const uint8_t *p, ssize_t n) {
  static const char option[] = "windowsize";
  const uint8_t *at = memmem(p, n, option, sizeof option);
  const uint8_t *value = at == NULL ? NULL : at + sizeof option;
  if (value == NULL || memchr(value, 0, p + n - value) == NULL)
    return 1;
  return atoi((const char *)value);
}

static void give_up(struct client *c) {
  static const char p[] = "\0\5\0\0measured";
  send(c->fd, p, sizeof p, 0);
}

static void end(struct client *c, unsigned *counter) {
  (*counter)++;
  c->state = ENDED;
  close(c->fd);
}

static void take(struct client *c, const uint8_t *p, ssize_t n, double now) {
  c->heard_at = now;
  if (n >= 2 && p[1] == 5) {
    fprintf(stderr, "error %d: %.*s\n", p[3], (int)(n - 4), p + 4);
    end(c, &failed);
  } else if (n >= 2 && p[1] == 6) {
    if (c->received == 0) {
      c->windowsize = granted(p, n);
      acknowledge(c);
    }
  } else if (n >= 4 && p[1] == 3) {
    uint16_t distance = (uint16_t)((p[2] << 8 | p[3]) - c->received);
    if (distance != 1) {
      /* A later block means a loss, which is reported once. The last block again means that its ACK was lost. */
      if (distance > 1 && distance <= c->windowsize && c->windowsize > 1) {
        if (!c->gap_answered)
          acknowledge(c);
        c->gap_answered = 1;
      } else if (distance == 0) {
        acknowledge(c);
      }
      return;
    }
    uint64_t offset = c->received * blksize;
    uint64_t size = n - 4;
    if (offset + size > copy_size || memcmp(copy + offset, p + 4, size) != 0) {
      fprintf(stderr, "wrong bytes in block %llu\n", (unsigned long long)c->received + 1);
      end(c, &wrong);
      return;
    }
    bytes += size;
    c->received++;
    c->gap_answered = 0;
    c->progress_at = now;
    if (size < blksize) {
      acknowledge(c);
      if (offset + size != copy_size) {
        fprintf(stderr, "file ends with block %llu\n", (unsigned long long)c->received);
        end(c, &wrong);
      } else {
        end(c, &completed);
      }
    } else if (c->received >= c->limit) {
      acknowledge(c);
    }
  }
}

int main(int argc, char **argv) {
  if (argc != 8) {
    fprintf(stderr, "usage: load PORT NAME COPY CLIENTS BLKSIZE WINDOWSIZE SECONDS\n");
    return 2;
  }
  server.sin_family = AF_INET;
  server.sin_port = htons(atoi(argv[1]));
  server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  name = argv[2];
  int file = open(argv[3], O_RDONLY);
  struct stat st;
  if (file < 0 || fstat(file, &st) != 0) {
    perror(argv[3]);
    return 2;
  }
  copy_size = st.st_size;
  copy = mmap(NULL, copy_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0);
  unsigned count = atoi(argv[4]);
  blksize = atoi(argv[5]);
  windowsize = atoi(argv[6]);
  double limit_ms = atof(argv[7]) * 1e3;

  struct client *clients = calloc(count, sizeof *clients);
  int poll = epoll_create1(0);
  double start = now_ms();
  for (unsigned i = 0; i < count; i++) {
    struct client *c = &clients[i];
    c->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    if (c->fd < 0 || epoll_ctl(poll, EPOLL_CTL_ADD, c->fd, &event) != 0) {
      perror("socket");
      return 2;
    }
    c->windowsize = 1;
    c->heard_at = c->progress_at = now_ms();
    request(c);
  }
  double swept = start, now = start;
  struct epoll_event events[256];
  static uint8_t packet[65536];
  while (completed + failed + wrong < count && now - start < limit_ms) {
    /* Never sleeps: real clients are other machines, and waking them costs the server nothing. */
    int ready = epoll_wait(poll, events, 256, 0);
    now = now_ms();
    for (int i = 0; i < ready; i++) {
      struct client *c = events[i].data.ptr;
      while (c->state == REQUESTING || c->state == RECEIVING) {
        struct sockaddr_in from;
        socklen_t length = sizeof from;
        ssize_t n = c->state == REQUESTING
                        ? recvfrom(c->fd, packet, sizeof packet, 0, (struct sockaddr *)&from, &length)
                        : recv(c->fd, packet, sizeof packet, 0);
        if (n < 0)
          break;
        if (c->state == REQUESTING) {
          connect(c->fd, (struct sockaddr *)&from, sizeof from);
          c->state = RECEIVING;
        }
        take(c, packet, n, now);
      }
    }
    if (now - swept > 100) {
      swept = now;
      for (unsigned i = 0; i < count; i++) {
        struct client *c = &clients[i];
        if (c->state == ENDED)
          continue;
        if (now - c->progress_at > FAIL_MS) {
          fprintf(stderr, "silence after block %llu\n", (unsigned long long)c->received);
          end(c, &failed);
        } else if (now - c->heard_at > RETRY_MS) {
          retries++;
          c->heard_at = now;
          if (c->state == REQUESTING)
            request(c);
          else
            acknowledge(c);
        }
      }
    }
  }
  for (unsigned i = 0; i < count; i++)
    if (clients[i].state == RECEIVING)
      give_up(&clients[i]);
  printf("{\"seconds\":%.3f,\"bytes\":%llu,\"completed\":%u,\"failed\":%u,\"unfinished\":%u,"
         "\"retries\":%llu,\"wrong\":%u}\n",
         (now - start) / 1e3, (unsigned long long)bytes, completed, failed,
         count - completed - failed - wrong, (unsigned long long)retries, wrong);
  return 0;
}

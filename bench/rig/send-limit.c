/*
 * The limit: what a server can do whose only work is one send() for each socket. Each turn reads what the publisher has sent, makes one buffer of all
 * its messages, and sends that to every socket in a loop. No Redis, no contract, no checks; blocking sends.
 *
 *   send-limit <port>
 *
 * Speaks as much of WebSocket as wire-client.c needs: any upgrade is answered, frames are text, whole, and up to 65,535 bytes long.
 */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define SOCKETS_MAX 65536
#define BYTES_MAX (1 << 20)

static const char UPGRADED[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";

/* Members are those who have been upgraded. */
static int members[SOCKETS_MAX];
static uint32_t memberCount;
static uint8_t isMember[SOCKETS_MAX];
static uint8_t inbox[BYTES_MAX], outbox[BYTES_MAX];
/* What is left of a frame that has not come whole. One socket publishes, so one place is enough. */
static size_t carried;
static int poller;

static void require(int isRight, const char *what) {
  if (isRight) return;
  fprintf(stderr, "%s: %s\n", what, strerror(errno));
  exit(1);
}

static void watch(int fd) {
  struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
  require(epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) == 0, "epoll_ctl");
}

static void leave(int fd) {
  for (uint32_t index = 0; index < memberCount; index++) {
    if (members[index] != fd) continue;
    members[index] = members[--memberCount];
    break;
  }
  isMember[fd] = 0;
  close(fd);
}

static void broadcast(size_t length) {
  for (uint32_t index = 0; index < memberCount; index++) {
    for (size_t sent = 0; sent < length;) {
      ssize_t taken = send(members[index], outbox + sent, length - sent, MSG_NOSIGNAL);
      if (taken <= 0) break;
      sent += (size_t)taken;
    }
  }
}

/* Turns whole masked frames in the inbox into frames of a server in the outbox. Returns the bytes of the outbox. */
static size_t convert(size_t length) {
  size_t at = 0, out = 0;
  while (length - at >= 8) {
    const uint8_t *frame = inbox + at;
    size_t payload = frame[1] & 127, header = 6;
    if (payload == 126) payload = (size_t)frame[2] << 8 | frame[3], header = 8;
    if (length - at < header + payload) break;
    const uint8_t *key = frame + header - 4;
    outbox[out++] = frame[0];
    if (payload < 126) outbox[out++] = (uint8_t)payload;
    else outbox[out++] = 126, outbox[out++] = (uint8_t)(payload >> 8), outbox[out++] = (uint8_t)payload;
    for (size_t byte = 0; byte < payload; byte++) outbox[out++] = frame[header + byte] ^ key[byte & 3];
    at += header + payload;
  }
  carried = length - at;
  memmove(inbox, inbox + at, carried);
  return out;
}

static void receive(int fd) {
  uint8_t request[4096];
  if (!isMember[fd]) {
    ssize_t got = recv(fd, request, sizeof request, MSG_DONTWAIT);
    if (got <= 0) return leave(fd);
    require(send(fd, UPGRADED, sizeof UPGRADED - 1, MSG_NOSIGNAL) > 0, "send");
    isMember[fd] = 1;
    members[memberCount++] = fd;
    return;
  }
  ssize_t got = recv(fd, inbox + carried, BYTES_MAX / 2 - carried, MSG_DONTWAIT);
  if (got <= 0) return leave(fd);
  broadcast(convert(carried + (size_t)got));
}

static void accept_(int listener) {
  int one = 1, fd = accept(listener, NULL, NULL);
  if (fd < 0) return;
  require(fd < SOCKETS_MAX, "too many sockets");
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  watch(fd);
}

int main(int count, char **words) {
  if (count != 2) {
    fprintf(stderr, "expected one word, the port\n");
    return 2;
  }
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  int one = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(words[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  require(bind(listener, (struct sockaddr *)&address, sizeof address) == 0, "bind");
  require(listen(listener, 1024) == 0, "listen");
  poller = epoll_create1(0);
  watch(listener);
  struct epoll_event events[64];
  for (;;) {
    int ready = epoll_wait(poller, events, 64, -1);
    for (int event = 0; event < ready; event++) {
      if (events[event].data.fd == listener) accept_(listener);
      else receive(events[event].data.fd);
    }
  }
}

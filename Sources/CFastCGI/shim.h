#include <fcgiapp.h>

// The Linux calls that the transport stands on and Swift's Glibc module leaves out.
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

// Declared by glibc under _GNU_SOURCE only, which a module map cannot set for another module's headers.
extern int accept4(int, struct sockaddr *, socklen_t *, int);
extern int memfd_create(const char *, unsigned int);

enum { PARLEY_MFD_CLOEXEC = 1 };

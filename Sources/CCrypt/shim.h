#ifndef PARLEY_CRYPT_SHIM_H
#define PARLEY_CRYPT_SHIM_H

#include <crypt.h>
#include <stdlib.h>
#include <string.h>

// Declared under _DEFAULT_SOURCE only, which a module map cannot set for another module's headers.
extern void explicit_bzero(void *, size_t);

// Hashes a phrase as `setting` says into `output`, which has room for CRYPT_OUTPUT_SIZE bytes. 0 on success.
// Here and not in Swift, which does not import a struct with an array of 30 KB.
static inline int parley_crypt(const char *phrase, const char *setting, char *output) {
    struct crypt_data *data = calloc(1, sizeof *data);
    if (data == NULL) return -1;
    const char *hash = crypt_r(phrase, setting, data);
    // A failure is a string that begins with an asterisk, so that it matches no hash.
    int failed = hash == NULL || hash[0] == '*';
    if (!failed) strcpy(output, hash);
    // It holds the phrase.
    explicit_bzero(data, sizeof *data);
    free(data);
    return failed ? -1 : 0;
}

#define PARLEY_CRYPT_OUTPUT CRYPT_OUTPUT_SIZE

#endif

/* SPDX-License-Identifier: MIT */
/* backend.c - names of backends, and which mode each serves. */
#include "smf/provider.h"
#include "system/text.h"

enum { RELEASE = 1u << SMF_MODE_RELEASE, DEBUG = 1u << SMF_MODE_DEBUG, ANY = 1u << SMF_MODE_ANY };

static const struct {
    char name[10];
    uint8_t backend, modes;
} backends[] = {
    {"auto",      SMF_BACKEND_AUTO,      ANY                  },
    {"llvm",      SMF_BACKEND_LLVM,      ANY | RELEASE        },
    {"cranelift", SMF_BACKEND_CRANELIFT, ANY | DEBUG          },
    {"c",         SMF_BACKEND_C,         ANY | RELEASE        },
    {"wasm",      SMF_BACKEND_WASM,      ANY                  },
    {"vhdl",      SMF_BACKEND_VHDL,      ANY                  },
    {"native",    SMF_BACKEND_NATIVE,    ANY | RELEASE | DEBUG},
    {"byl",       SMF_BACKEND_BYL,       ANY                  },
    {"none",      SMF_BACKEND_AUTO,      ANY                  }, /* other names */
    {"llvm-lib",  SMF_BACKEND_LLVM,      ANY | RELEASE        },
};

const char *smf_backend_name(enum smf_backend backend)
{
    return (unsigned)backend <= SMF_BACKEND_BYL ? backends[backend].name : "?";
}

enum smf_status smf_backend_find(const char *name, enum smf_backend *backend)
{
    for (unsigned i = 0; i < sizeof backends / sizeof backends[0]; i++)
        if (name != NULL && smf_text_is_same(backends[i].name, name)) {
            *backend = (enum smf_backend)backends[i].backend;
            return SMF_OK;
        }
    return SMF_ERR_NOT_FOUND;
}

bool smf_backend_serves(enum smf_backend backend, enum smf_provider_mode mode)
{
    const unsigned modes = (unsigned)backend <= SMF_BACKEND_BYL ? backends[backend].modes : ANY;
    return (unsigned)mode <= SMF_MODE_DEBUG && (modes >> mode & 1) != 0;
}

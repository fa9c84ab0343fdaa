# SPDX-License-Identifier: MIT
# Jansson and libtcc, each with its header or not at all: SMF_JANSSON, SMF_JANSSON_INCLUDE, SMF_LIBTCC, SMF_LIBTCC_INCLUDE.
include_guard()

foreach(library JANSSON:jansson:jansson.h LIBTCC:tcc:libtcc.h)
  string(REPLACE ":" ";" parts ${library})
  list(POP_FRONT parts variable name header)
  find_library(SMF_${variable}_FILE ${name} DOC "lib${name}, optional: smf::compiler")
  find_path(SMF_${variable}_INCLUDE ${header} DOC "where lib${name}'s header is")
  mark_as_advanced(SMF_${variable}_FILE SMF_${variable}_INCLUDE)
  set(SMF_${variable} OFF)
  if(SMF_${variable}_FILE AND SMF_${variable}_INCLUDE)
    set(SMF_${variable} ${SMF_${variable}_FILE})
  endif()
endforeach()

# SPDX-License-Identifier: MIT
# What every target of this project has in common: the dialect and the warnings. Nothing global.
include_guard()

option(SMF_WERROR "Warnings are errors" ${PROJECT_IS_TOP_LEVEL})

function(smf_target name)
  target_compile_features(${name} PRIVATE c_std_11)
  set_target_properties(${name} PROPERTIES C_EXTENSIONS OFF C_STANDARD_REQUIRED ON)
  target_compile_options(${name} PRIVATE
    -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wmissing-prototypes -Wvla -Wcast-qual -Wstrict-prototypes
    $<$<BOOL:${SMF_WERROR}>:-Werror>)
endfunction()

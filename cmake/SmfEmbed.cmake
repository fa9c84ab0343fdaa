# SPDX-License-Identifier: MIT
# smf_embed(TARGET SYMBOL FILE): a file becomes part of a program, among its constants: on a board, of its flash.
#
#   smf_add_module(blink SOURCES blink.c)
#   smf_embed(firmware blink_module $<TARGET_PROPERTY:blink,SMF_MODULE>)
#
#   extern const uint8_t blink_module[], blink_module_end[];
#
# The bytes start at a multiple of 16, in section .smf_modules.SYMBOL, and stay as long as the program: a source for
# SMF_STAYS_FOR_MODULE. FILE may be made by the build, also by a target's command.
include_guard()

function(smf_embed target symbol file)
  set(carrier ${CMAKE_CURRENT_BINARY_DIR}/${target}_${symbol}.c)
  file(GENERATE OUTPUT ${carrier} CONTENT "/* Made by smf_embed(): the bytes of a file. */
__asm__(\".section .smf_modules.${symbol},\\\"a\\\"\\n\"
        \".balign 16\\n\"
        \".global ${symbol}\\n\"
        \"${symbol}:\\n\"
        \".incbin \\\"${file}\\\"\\n\"
        \".global ${symbol}_end\\n\"
        \"${symbol}_end:\\n\"
        \".byte 0\\n\"
        \".text\\n\");
extern const unsigned char ${symbol}[];
")
  target_sources(${target} PRIVATE ${carrier})
  if(file MATCHES "TARGET_PROPERTY:([^,]+),SMF_MODULE")
    get_target_property(made ${CMAKE_MATCH_1} SMF_MODULE)
    set(file ${made})
    add_dependencies(${target} ${CMAKE_MATCH_1})
  endif()
  set_source_files_properties(${carrier} PROPERTIES OBJECT_DEPENDS ${file})
endfunction()

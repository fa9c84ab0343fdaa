# SPDX-License-Identifier: MIT
# Random steps against a model (soak.c): quick, long, and as long as a board has patience.
if(TARGET smf::port)
  set(soak_sources soak.c asked.c checks.c steps.c model.c plan.c world.c code.c)
  if(SMF_BOARD)
    smf_add_test(NAME system/soak_board SOURCES ${soak_sources} LIBRARIES smf_paper smf::port LABELS full TIMEOUT 300
      DEFINITIONS SMF_SOAK_STEPS=5000 SMF_SOAK_SEEDS=5)
  else()
    smf_add_test(NAME system/soak_quick SOURCES ${soak_sources} LIBRARIES smf_paper smf::port
      DEFINITIONS SMF_SOAK_STEPS=2000 SMF_SOAK_SEEDS=2)
    smf_add_test(NAME system/soak SOURCES ${soak_sources} LIBRARIES smf_paper smf::port LABELS soak TIMEOUT 1800
      DEFINITIONS SMF_SOAK_STEPS=100000 SMF_SOAK_SEEDS=10)
  endif()
endif()

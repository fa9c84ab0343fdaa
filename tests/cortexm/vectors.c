/* SPDX-License-Identifier: MIT */
/* vectors.c - the firmware's vectors are the port's handlers. */
void SVC_Handler(void);
void HardFault_Handler(void);
void MemManage_Handler(void);
void BusFault_Handler(void);
void UsageFault_Handler(void);
__attribute__((naked)) void SVC_Handler(void) { __asm__ volatile("b smf_mpu_svc_handler"); }
__attribute__((naked)) void HardFault_Handler(void) { __asm__ volatile("b smf_mpu_fault_handler"); }
__attribute__((naked)) void MemManage_Handler(void) { __asm__ volatile("b smf_mpu_fault_handler"); }
__attribute__((naked)) void BusFault_Handler(void) { __asm__ volatile("b smf_mpu_fault_handler"); }
__attribute__((naked)) void UsageFault_Handler(void) { __asm__ volatile("b smf_mpu_fault_handler"); }

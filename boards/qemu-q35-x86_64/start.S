/* SPDX-License-Identifier: MIT */
/*
 * start.S - from QEMU's PVH entry (32-bit protected mode, paging off) to board_start() in long mode, and the interrupt entries.
 *
 * The first page tables map 1 GiB with large pages, writable and executable: board_start() replaces them.
 */
        .section .note.PVH, "a", @note
        .balign 4
        .long   4, 8, 18                # name, descriptor, XEN_ELFNOTE_PHYS32_ENTRY
        .asciz  "Xen"
        .quad   _start

        .section .start, "ax"
        .code32
        .global _start
        .type _start, @function
_start:
        cld
        mov     $__stack, %esp
        mov     $__bss_start, %edi
        mov     $__bss_end, %ecx
        sub     %edi, %ecx
        xor     %eax, %eax
        rep stosb
        movl    $first_level3 + 3, first_level4
        movl    $first_level2 + 3, first_level3
        mov     $0x83, %eax             # present, writable, 2 MiB
        xor     %ecx, %ecx
0:      mov     %eax, first_level2(, %ecx, 8)
        add     $0x200000, %eax
        inc     %ecx
        cmp     $512, %ecx
        jb      0b
        mov     $0x620, %eax            # CR4: PAE, OSFXSR, OSXMMEXCPT
        mov     %eax, %cr4
        mov     $first_level4, %eax
        mov     %eax, %cr3
        mov     $0xc0000080, %ecx       # EFER: LME, NXE
        rdmsr
        or      $0x900, %eax
        wrmsr
        mov     $0x80010033, %eax       # CR0: PG, WP, NE, ET, MP, PE
        mov     %eax, %cr0
        lgdt    gdt_pointer
        ljmp    $0x08, $1f
        .code64
1:      mov     $0x10, %eax
        mov     %eax, %ds
        mov     %eax, %es
        mov     %eax, %ss
        xor     %eax, %eax
        mov     %eax, %fs
        mov     %eax, %gs
        mov     $board_task_state, %eax # below 4 GiB; the descriptor has it in pieces
        movw    %ax, gdt + 0x2a
        shr     $16, %eax
        movb    %al, gdt + 0x2c
        movb    %ah, gdt + 0x2f
        mov     $0x28, %eax
        ltr     %ax
        mov     $__stack, %rsp
        fninit
        mov     %ebx, %edi              # what the loader said
        call    board_start
        .size _start, . - _start

        .data
        .balign 16
gdt:    .quad   0
        .quad   0x00af9a000000ffff      # 08 code, ring 0
        .quad   0x00cf92000000ffff      # 10 data, ring 0
        .quad   0x00cff2000000ffff      # 18 data, ring 3
        .quad   0x00affa000000ffff      # 20 code, ring 3
        .quad   0x0000890000000067, 0   # 28 task state
gdt_pointer:
        .word   gdt_pointer - gdt - 1
        .quad   gdt

        .bss
        .balign 4096
first_level4: .space 4096
first_level3: .space 4096
first_level2: .space 4096

/* One entry of 16 bytes for each vector: push an error code where the processor does not, and the number. */
        .text
        .balign 16
        .global board_vectors
board_vectors:
        .set    number, 0
        .rept   256
        .balign 16
        .if     (number >= 10 && number <= 14) || number == 8 || number == 17 || number == 21
        .else
        push    $0
        .endif
        pushq   $number
        jmp     entry
        .set    number, number + 1
        .endr

/* What a C function may change, with the state of the SSE and x87 units. The stack is the gate's own (IST). */
entry:
        push    %rax
        push    %rcx
        push    %rdx
        push    %rsi
        push    %rdi
        push    %r8
        push    %r9
        push    %r10
        push    %r11
        push    %rbp
        mov     %rsp, %rbp
        sub     $512, %rsp
        and     $-16, %rsp
        fxsave64 (%rsp)
        cld
        mov     80(%rbp), %rdi          # number
        mov     88(%rbp), %rsi          # error code
        mov     96(%rbp), %rdx          # instruction
        mov     %cr2, %rcx
        call    board_trap
        fxrstor64 (%rsp)
        mov     %rbp, %rsp
        pop     %rbp
        pop     %r11
        pop     %r10
        pop     %r9
        pop     %r8
        pop     %rdi
        pop     %rsi
        pop     %rdx
        pop     %rcx
        pop     %rax
        add     $16, %rsp
        iretq

        .section .note.GNU-stack, "", @progbits

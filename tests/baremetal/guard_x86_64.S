/* SPDX-License-Identifier: MIT */
/*
 * guard_x86_64.S - guarded calls in ring 0 or ring 3.
 *
 * guard_enter(rdi end, rsi function, rdx first, rcx second, r8 stack, r9 gate, (rsp+8) selectors: code | data << 16)
 * guard.c loads a table whose first 32 gates and gate 0x80 lead here, on the first interrupt stack.
 */
        .text
        .global guard_enter
        .type guard_enter, @function
guard_enter:
        mov     8(%rsp), %rax
        push    %rbx
        push    %rbp
        push    %r12
        push    %r13
        push    %r14
        push    %r15
        mov     %rdi, guard_end
        mov     %rsp, guard_stack
        lea     -8(%r8), %r8            # return address
        mov     %r9, (%r8)
        mov     %rax, %rbx
        shr     $16, %rbx
        and     $0xffff, %eax
        push    %rbx                    # SS
        push    %r8                     # RSP
        push    $2                      # flags: interrupts off
        push    %rax                    # CS
        push    %rsi                    # RIP
        mov     %rdx, %rdi
        mov     %rcx, %rsi
        iretq

/* 33 entries of 16 bytes: vectors 0 to 31, and 0x80. */
        .balign 16
        .global guard_vectors
guard_vectors:
        .set    number, 0
        .rept   33
        .balign 16
        .if     (number >= 10 && number <= 14) || number == 8 || number == 17 || number == 21
        .else
        push    $0
        .endif
        .if     number == 32
        pushq   $0x80
        .else
        pushq   $number
        .endif
        jmp     leave
        .set    number, number + 1
        .endr

leave:
        mov     guard_end, %rdi
        mov     %rax, 24(%rdi)
        mov     (%rsp), %rax            # vector
        shl     $32, %rax
        or      8(%rsp), %rax           # error code
        mov     %rax, (%rdi)
        mov     %cr2, %rax
        mov     %rax, 8(%rdi)
        mov     16(%rsp), %rax          # RIP
        mov     %rax, 16(%rdi)
        mov     guard_stack, %rsp
        mov     $0x10, %eax
        mov     %eax, %ss
        pop     %r15
        pop     %r14
        pop     %r13
        pop     %r12
        pop     %rbp
        pop     %rbx
        cld
        ret

        .bss
        .balign 8
guard_end:   .space 8
guard_stack: .space 8

/* Code that is run in place when privileged, and from a copy when not: read(rdi), write(rdi, esi), jump(rdi), gate. */
        .text
        .balign 64
        .global guard_code, guard_code_end
guard_code:
        mov     (%rdi), %eax
        ret
        .balign 32
        mov     %esi, (%rdi)
        ret
        .balign 32
        jmp     *%rdi                   # keeps the return address: what is called returns to the gate
        .balign 32
        int     $0x80
guard_code_end:
        .section .note.GNU-stack, "", @progbits

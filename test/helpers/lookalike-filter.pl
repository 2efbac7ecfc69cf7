# Refuses with EPERM what AWS Lambda refuses (chroot, mount, namespaces, ptrace unless it is allowed), by a seccomp filter, for the
# program that this becomes. x86-64 and arm64. Arguments: `ptrace` or `no-ptrace`, the program.
use strict;
my ($ptrace, @program) = @ARGV;
my $machine = (POSIX_uname())[4];
my %numbers = (
  x86_64 => { arch => 0xc000003e, prctl => 157, seccomp => 317, clone => 56, clone3 => 435, ptrace => 101,
              refused => [161, 165, 155, 272, 308, 429, 430, 442] },
  aarch64 => { arch => 0xc00000b7, prctl => 167, seccomp => 277, clone => 220, clone3 => 435, ptrace => 117,
               refused => [51, 40, 41, 97, 268, 429, 430, 442] },
);
my $n = $numbers{$machine} or die "no filter for $machine\n";
# chroot, mount, pivot_root, unshare, setns, fsmount's family
my @refused = @{ $n->{refused} };
push @refused, $n->{ptrace} if $ptrace ne 'ptrace';
my ($allow, $eperm, $enosys) = ([0x06, 0, 0, 0x7fff0000], [0x06, 0, 0, 0x00050001], [0x06, 0, 0, 0x00050026]);
my @filter = ([0x20, 0, 0, 4], [0x15, 1, 0, $n->{arch}], $eperm, [0x20, 0, 0, 0]);
push @filter, [0x15, 0, 1, $_], $eperm for @refused;
# clone3 keeps its flags where no filter can see them: programs fall back on clone.
push @filter, [0x15, 0, 1, $n->{clone3}], $enosys;
push @filter, [0x15, 0, 3, $n->{clone}], [0x20, 0, 0, 16], [0x45, 0, 1, 0x7e020000], $eperm, $allow;
my $code = join '', map { pack 'SCCL', @$_ } @filter;
syscall($n->{prctl}, 38, 1, 0, 0, 0) == 0 or die "no_new_privs: $!\n";
my $program = pack 'Sx![P]P', scalar @filter, $code;
syscall($n->{seccomp}, 1, 0, $program) == 0 or die "seccomp: $!\n";
exec { $program[0] } @program or die "$program[0]: $!\n";

sub POSIX_uname { require POSIX; return POSIX::uname() }

//go:build unix

package secret

import (
	"io/fs"
	"os"
	"syscall"
)

// lentByRoot tells whether a file is root's and this process is not: then its group is how root lets the process read it, and no other
// way is left. That is what secrets look like that Kubernetes hands to a process which is not root.
func lentByRoot(info fs.FileInfo) bool {
	file, ok := info.Sys().(*syscall.Stat_t)
	return ok && file.Uid == 0 && os.Geteuid() != 0
}

package main

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"unsafe"
)

// Numbers of the system's interface that package syscall does not name.
const (
	sysPidfdOpen      = 434
	sysProcessMadvise = 440
	adviceColdOut     = 21 // MADV_PAGEOUT
	adviceDontNeed    = 4  // POSIX_FADV_DONTNEED
	passes            = 3
)

// runEvict takes the files of a directory out of the page cache, also where a process has them mapped, and tells how
// much of them is still there.
func runEvict(j *job) (result, error) {
	files, err := filesBelow(j.Directory)
	if err != nil {
		return nil, err
	}
	for pass := 0; pass < passes; pass++ {
		for _, file := range files {
			withFile(file, os.O_RDWR, func(fd int, _ int64) { syscall.Fdatasync(fd) })
		}
		for _, pid := range j.Pids {
			if err := pageOut(pid, j.Directory); err != nil {
				return nil, err
			}
		}
		for _, file := range files {
			withFile(file, os.O_RDONLY, func(fd int, _ int64) {
				syscall.Syscall6(syscall.SYS_FADVISE64, uintptr(fd), 0, 0, adviceDontNeed, 0, 0)
			})
		}
	}
	var left int64
	for _, file := range files {
		withFile(file, os.O_RDONLY, func(fd int, size int64) { left += residentBytes(fd, size) })
	}
	return result{"residentMb": float64(left) / (1 << 20)}, nil
}

func filesBelow(directory string) (files []string, err error) {
	err = filepath.WalkDir(directory, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			files = append(files, path)
		}
		return nil // the broker deletes files meanwhile
	})
	return files, err
}

func withFile(path string, mode int, use func(fd int, size int64)) {
	f, err := os.OpenFile(path, mode, 0)
	if err != nil {
		return // deleted meanwhile
	}
	defer f.Close()
	if st, err := f.Stat(); err == nil && st.Size() > 0 {
		use(int(f.Fd()), st.Size())
	}
}

// pageOut makes the system take back the pages of a process's mappings of files below a directory.
func pageOut(pid int, directory string) error {
	fd, _, e := syscall.Syscall(sysPidfdOpen, uintptr(pid), 0, 0)
	if e != 0 {
		return fmt.Errorf("pidfd_open of %d: %w", pid, e)
	}
	defer syscall.Close(int(fd))
	maps, err := os.Open(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		return err
	}
	defer maps.Close()
	lines := bufio.NewScanner(maps)
	for lines.Scan() {
		line := lines.Text()
		var from, to uint64
		if !strings.Contains(line, directory) {
			continue
		}
		if n, _ := fmt.Sscanf(line, "%x-%x", &from, &to); n != 2 {
			continue
		}
		var vector [16]byte
		binary.NativeEndian.PutUint64(vector[:], from)
		binary.NativeEndian.PutUint64(vector[8:], to-from)
		_, _, e := syscall.Syscall6(sysProcessMadvise, fd, uintptr(unsafe.Pointer(&vector[0])), 1, adviceColdOut, 0, 0)
		if e != 0 {
			return fmt.Errorf("process_madvise of %d: %w", pid, e)
		}
	}
	return lines.Err()
}

func residentBytes(fd int, size int64) (n int64) {
	mapped, err := syscall.Mmap(fd, 0, int(size), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return 0
	}
	defer syscall.Munmap(mapped)
	page := int64(os.Getpagesize())
	pages := make([]byte, (size+page-1)/page)
	_, _, e := syscall.Syscall(syscall.SYS_MINCORE, uintptr(unsafe.Pointer(&mapped[0])), uintptr(size), uintptr(unsafe.Pointer(&pages[0])))
	if e != 0 {
		return 0
	}
	for _, flags := range pages {
		n += int64(flags&1) * page
	}
	return n
}

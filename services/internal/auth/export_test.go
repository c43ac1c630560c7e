package auth

// Cached counts the tokens that are remembered.
func (v *Local) Cached() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.young) + len(v.old)
}

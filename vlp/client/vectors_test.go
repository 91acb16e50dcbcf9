package client

import (
	"encoding/hex"
	"math"
	"testing"
	"time"

	"vlpd/vlp"
)

func TestVectors(t *testing.T) {
	var all []struct {
		ID, Kind string
		Inputs   struct {
			Status           string
			PID, Payload     uint32
			Timestamp, Nonce uint64
		}
		Expected string `json:"expected_wire_hex"`
	}
	vectors(t, "frame_vectors", &all)
	used := 0
	for _, v := range all {
		in := v.Inputs
		if v.Kind != "encode_decode_roundtrip" || in.Nonce == 0 || in.PID < 2 {
			continue
		}
		used++
		s := &serial{take: -1}
		c, err := NewWriter(s, in.PID)
		if err != nil {
			t.Fatal(err)
		}
		c.clock = func() time.Duration { return 0 }
		c.last, c.nonce = in.Timestamp, in.Nonce-1
		if in.Nonce == vlp.Terminal {
			c.lastBeat()
		} else {
			status := map[string]Status{"ok": OK, "degraded": Degraded, "critical": Critical}[in.Status]
			want(t, c.Beat(status, in.Payload), Sent, nil)
		}
		if got := hex.EncodeToString(s.Bytes()); got != v.Expected && in.Timestamp != math.MaxUint64 {
			t.Errorf("%s: %s, want %s", v.ID, got, v.Expected)
		}
	}
	if used < 3 {
		t.Errorf("only %d vectors were of use", used)
	}
}

// sealVector is an entry of the groups about sealed frames and keys.
type sealVector struct {
	ID, Kind string
	Key      string `json:"key_hex"`
	Master   string `json:"master_key_hex"`
	PID      uint32 `json:"agent_pid"`
	Prefix   string `json:"iv_random_hex"`
	Counter  uint32 `json:"iv_counter"`
	Plain    string `json:"plaintext_hex"`
	Wire     string `json:"expected_wire_hex"`
	Salt     string `json:"session_salt_hex"`
	Index    uint32 `json:"prefix_index"`
	Expect   string `json:"expected_iv_prefix_hex"`
	Agent    uint32 `json:"agent_id"`
	OKM      string `json:"expected_okm_hex"`
}

func TestSealVectors(t *testing.T) {
	var all, more []sealVector
	vectors(t, "secure_frame_vectors", &all)
	vectors(t, "x_secure_frame_vectors", &more)
	used := map[string]int{}
	for _, v := range append(all, more...) {
		used[v.Kind]++
		switch v.Kind {
		case "shared_key_seal", "master_key_seal":
			checkSeal(t, &v)
		case "kdf_iv_prefix":
			var s seal
			copy(s.salt[:], unhex(t, v.Salt))
			s.index = v.Index
			if err := s.prefix(); err != nil || hex.EncodeToString(s.nonce[:prefixSize]) != v.Expect {
				t.Errorf("%s: %v, %x, want %s", v.ID, err, s.nonce[:prefixSize], v.Expect)
			}
		case "kdf_agent_key":
			if k, err := DeriveKey(Key(unhex(t, v.Master)), v.Agent); err != nil || hex.EncodeToString(k[:]) != v.OKM {
				t.Errorf("%s: %v", v.ID, err)
			}
		}
	}
	if used["shared_key_seal"] != 2 || used["master_key_seal"] != 2 || used["kdf_iv_prefix"] == 0 || used["kdf_agent_key"] == 0 {
		t.Errorf("vectors used: %v", used)
	}
}

func checkSeal(t *testing.T, v *sealVector) {
	t.Helper()
	s := seal{key: Key(unhex(t, v.Key+v.Master)), master: v.Kind == "master_key_seal"}
	if err := s.begin(v.PID, false); err != nil {
		t.Fatal(err)
	}
	copy(s.nonce[:], unhex(t, v.Prefix))
	s.ctr = v.Counter - 1
	if v.Counter == 0 {
		return // comes after a new prefix only, and is never used here
	}
	if got := hex.EncodeToString(s.append(nil, (*[vlp.Size]byte)(unhex(t, v.Plain)))); got != v.Wire {
		t.Errorf("%s: %s, want %s", v.ID, got, v.Wire)
	}
}

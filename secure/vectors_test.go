package secure

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"
)

type vector struct {
	ID, Kind string
	Key      string `json:"key_hex"`
	Master   string `json:"master_key_hex"`
	PID      uint32 `json:"agent_pid"`
	Derived  string `json:"derived_agent_key_hex"`
	Prefix   string `json:"iv_random_hex"`
	Counter  uint32 `json:"iv_counter"`
	Plain    string `json:"plaintext_hex"`
	Wire     string `json:"expected_wire_hex"`

	Agent  uint32 `json:"agent_id"`
	Info   string `json:"info_hex"`
	OKM    string `json:"expected_okm_hex"`
	Salt   string `json:"session_salt_hex"`
	Expect string `json:"expected_iv_prefix_hex"`
	Secret string `json:"agent_key_hex"`
}

// vectors reads those about sealed frames and keys.
func vectors(t testing.TB) []vector {
	t.Helper()
	var all struct {
		Secure  []vector `json:"secure_frame_vectors"`
		XSecure []vector `json:"x_secure_frame_vectors"`
	}
	text, err := os.ReadFile("../vlp/testdata/vlp-vectors.json")
	if err == nil {
		err = json.Unmarshal(text, &all)
	}
	if err != nil {
		t.Fatal(err)
	}
	return append(all.Secure, all.XSecure...)
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func key32(t testing.TB, s string) *[32]byte { return (*[32]byte)(unhex(t, s)) }

func TestVectors(t *testing.T) {
	used := map[string]int{}
	for _, v := range vectors(t) {
		used[v.Kind]++
		switch v.Kind {
		case "shared_key_seal":
			checkShared(t, &v)
		case "master_key_seal":
			checkMaster(t, &v)
		case "kdf_agent_key":
			if got := agentKey(key32(t, v.Master), v.Agent); hex.EncodeToString(got[:]) != v.OKM {
				t.Errorf("%s: derived %x, want %s", v.ID, got, v.OKM)
			}
		case "kdf_iv_prefix": // by clients only
			checkExpand(t, v.ID, v.Salt, v.Info, v.Expect)
		case "kdf_epoch_key": // by nobody yet
			checkExpand(t, v.ID, v.Secret, v.Info, v.OKM)
		default:
			t.Errorf("%s: unknown kind %q", v.ID, v.Kind)
		}
	}
	if used["shared_key_seal"] != 2 || used["master_key_seal"] != 2 || len(used) != 5 {
		t.Errorf("vectors used: %v", used)
	}
}

func checkShared(t *testing.T, v *vector) {
	t.Helper()
	k := &Keys{}
	k.addShared(key32(t, v.Key))
	checkOpens(t, v, NewOpener(k, Config{Senders: 1}))
	if got := sealShared(key32(t, v.Key), leUint64(unhex(t, v.Prefix)), v.Counter, unhex(t, v.Plain)); hex.EncodeToString(got) != v.Wire {
		t.Errorf("%s: sealed %x, want %s", v.ID, got, v.Wire)
	}
}

func checkMaster(t *testing.T, v *vector) {
	t.Helper()
	if got := agentKey(key32(t, v.Master), v.PID); hex.EncodeToString(got[:]) != v.Derived {
		t.Errorf("%s: derived %x, want %s", v.ID, got, v.Derived)
	}
	k := &Keys{}
	k.setMaster(key32(t, v.Master))
	checkOpens(t, v, NewOpener(k, Config{Senders: 1}))
	if got := sealMaster(key32(t, v.Master), v.PID, leUint64(unhex(t, v.Prefix)), v.Counter, unhex(t, v.Plain)); hex.EncodeToString(got) != v.Wire {
		t.Errorf("%s: sealed %x, want %s", v.ID, got, v.Wire)
	}
}

func checkOpens(t *testing.T, v *vector, o *Opener) {
	t.Helper()
	var plain [PlainSize]byte
	verdict, s := o.Open(unhex(t, v.Wire), &plain)
	if verdict != Opened || s != Fresh || !bytes.Equal(plain[:], unhex(t, v.Plain)) || o.Attempts() != 1 {
		t.Errorf("%s: %v, session %v, %x, %d attempts", v.ID, verdict, s, plain, o.Attempts())
	}
}

// checkExpand holds the two halves of HKDF that are written here against a
// vector of any use.
func checkExpand(t *testing.T, id, secret, info, want string) {
	t.Helper()
	var zero [32]byte
	prk := hmac(&zero, unhex(t, secret))
	okm := hmac(&prk, append(unhex(t, info), 1))
	if got := hex.EncodeToString(okm[:len(want)/2]); got != want {
		t.Errorf("%s: %s, want %s", id, got, want)
	}
}

"""Other contexts' view of us over gRPC: clients that implement our published ports."""

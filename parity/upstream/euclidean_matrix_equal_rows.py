import torch
from sentence_transformers import util

rows = 100 + torch.rand(26, 8, generator=torch.Generator().manual_seed(0))
print("expected: 0.0, the distance of a row from itself")
print("25 rows:", -util.euclidean_sim(rows[:25], rows[:25]).diagonal().min().item())
print("26 rows, above 0.01:", -util.euclidean_sim(rows, rows).diagonal().min().item() > 0.01)
